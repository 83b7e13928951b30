"""A test run sees the same environment everywhere."""

from huntaze.launch.testing import is_foreign, isolate


def test_a_developers_own_does_not_reach_the_tests():
    environ = {
        "OPENAI_API_KEY": "sk-real",
        "STRIPE_SECRET_KEY": "sk_live_real",
        "DATABASE_URL": "postgres://precious",
        "REDIS_URL": "redis://precious",
        "SITE_URL": "https://real.example",
        "https_proxy": "http://proxy",
        "AWS_PROFILE": "real",
        "PATH": "/bin",
        "TEST_DATABASE_URL": "postgres://for-tests",
    }
    isolate(environ)
    assert set(environ) == {"PATH", "TEST_DATABASE_URL", "HUNTAZE_ENV_FILE", "SECRET_KEY", "DEBUG"}
    assert environ["HUNTAZE_ENV_FILE"] == ""
    assert environ["DEBUG"] == "off"


def test_every_variable_of_the_example_is_known(request):
    example = (request.config.rootpath / ".env.example").read_text().splitlines()
    names = [line[1:].split("=")[0] for line in example if line.startswith("#") and "=" in line]
    variables = [name for name in names if name.isupper()]
    assert len(variables) > 30
    assert [name for name in variables if not is_foreign(name)] == []
