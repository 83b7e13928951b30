# Every target brings .venv up to date first; nothing else has to be installed by hand.
# make run            PORT, BIND and everything in .env.example
# make test           ARGS='tests/content -k publish'
LAUNCH = @sh huntaze/launch/start.sh

.DEFAULT_GOAL = help
.PHONY: run test fix check bench migrate lock help

run: ## Serve everything on http://localhost:8000
	$(LAUNCH) run

test: ## Run all tests, or those in ARGS
	$(LAUNCH) test $(ARGS)

fix: ## Format and mend what the linters can
	$(LAUNCH) fix

check: ## Lint, types, layers, migrations, schema, deployment
	$(LAUNCH) check

bench: ## Measure, or what ARGS names
	$(LAUNCH) bench $(ARGS)

migrate: ## Apply migrations
	$(LAUNCH) migrate

lock: ## Compile requirements*.in into pinned requirements*.txt
	$(LAUNCH) lock

help: ## This list
	@sed -n 's/^\([a-z]*\): ## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18
