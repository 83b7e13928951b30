# The production image: what requirements.txt names, and nothing of the embedded default.
#
#   docker build -t huntaze .
#   docker run --env-file production.env huntaze python manage.py migrate
#   docker run --env-file production.env -p 8000:8000 huntaze
#   docker run --env-file production.env huntaze python manage.py worker
#
# production.env: SECRET_KEY, SITE_URL, DATABASE_URL and REDIS_URL at least (see .env.example).
# Without AWS_S3_BUCKET, uploads live under /app/var: mount a volume there.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --system --uid 10001 --no-create-home huntaze
WORKDIR /app

# Before the code, so that a change of the code does not install everything again.
COPY requirements.txt .
RUN pip install -r requirements.txt

COPY . .
# A key for this one command: none may be baked into the image.
RUN SECRET_KEY=only-for-collectstatic python manage.py collectstatic --noinput \
    && python -m compileall -q accounts ai analytics api billing content huntaze \
    && mkdir -p var && chown huntaze var

USER huntaze
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-m", "huntaze.launch", "healthy"]
# WEB_CONCURRENCY processes (1; more need REDIS_URL) on PORT (8000).
CMD ["python", "-m", "huntaze.launch", "serve"]
