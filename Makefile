# The commands of this repository; `make` alone lists them.

# debug builds in a fraction of a release build's time and is fast enough for the demo.
CONFIGURATION ?= debug
# Passed on to the program by `demo`, `run` and `soak`, for example: make demo ARGUMENTS="--once --speed 600"
ARGUMENTS ?=
# How many runs `simulate` makes, of two days each.
SEEDS ?= 500
SWIFT ?= swift

# Warnings are errors wherever this Makefile builds; the same setting everywhere, so that products are shared.
export POOLKEEPER_STRICT = 1

POOLKEEPER = .build/$(CONFIGURATION)/poolkeeper
BUILD = $(SWIFT) build --configuration $(CONFIGURATION)

# What is handed out is a release build that needs nothing of Swift, in a place of its own: beside a build with other flags
# it would be made anew each time. `make deb CONFIGURATION=debug` packs the debug build instead, to try the package here.
STATIC_BUILD ?= .build/static
PACKAGED = $(if $(filter file,$(origin CONFIGURATION)),release,$(CONFIGURATION))

.DEFAULT_GOAL := help
.PHONY: help demo run build test check simulate fuzz soak bench deb tarball packages test-packages clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## brain and simulated world in one process, sped up, in this terminal
	@$(POOLKEEPER) demo $(ARGUMENTS)

run: build ## serve with config/worker-pools.json
	@$(POOLKEEPER) serve $(ARGUMENTS)

build: packages ## build the program
	$(BUILD) --product poolkeeper

# Each group in a process of its own: all tests of a process run at once, and those that wait for a server or for another
# program would wait too long beside those that compute. Those that start many
# programs are several groups; those in a browser are measured, and have a group of their own.
TEST_GROUPS = 'SimulatedRunsTests(?=\.Mutation)' 'SimulatedRunsTests(?=\.SeedSweep)' DifferentialTests HTTPTransportTests DecisionTests ControlLoopTests \
	'KubernetesTests|JournalStoreTests' 'ProxmoxTests|TalosTests|PrometheusClientTests|MCPTests' SimulatedWireTests \
	ConformanceTests 'SystemTests(?=\.(Wire|Replica|Kill|NotificationKill))' 'SystemTests(?=\.Console)' \
	'SystemTests(?=\.(Command|Prometheus|Alertmanager|RuleData|MCP|Metric))' 'SystemTests(?=\.(Dashboard|Description))' \
	'SystemTests(?=\.Soak)' \
	'SystemTests(?=\.(?!Wire|Replica|Kill|NotificationKill|Console|Command|Dashboard|Description|Prometheus|Alertmanager|RuleData|MCP|Metric|Soak))'

test: test-packages ## all tests; a summary for each group of them
	scripts/check-rules.sh
	$(BUILD) --build-tests
	@for group in $(TEST_GROUPS); do \
		echo "make test: $$group"; \
		$(SWIFT) test --configuration $(CONFIGURATION) --skip-build --filter "^($$group)\\." || exit 1; \
	done
	@echo "make test: all others"
	$(SWIFT) test --configuration $(CONFIGURATION) --skip-build $(foreach group,$(TEST_GROUPS),--skip '^($(subst ','',$(group)))\.')

check: packages ## formatting, warnings, undeclared imports
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift
	$(BUILD) --build-tests --explicit-target-dependency-import-check error

simulate: build ## simulated days on all cores, SEEDS of them times two
	@$(POOLKEEPER) simulate run --seeds $(SEEDS) $(ARGUMENTS)

fuzz: packages ## feed mutated inputs to all that takes bytes from outside, ten minutes each (Linux)
	scripts/fuzz.sh $(ARGUMENTS)

soak: build ## the real server on a simulated world through kills, full disks, cut networks (Linux)
	@$(POOLKEEPER) simulate soak $(ARGUMENTS)

bench: test-packages ## measure the hot paths, with optimisation
	$(SWIFT) build --configuration release --product poolkeeper
	$(SWIFT) build --configuration release --product poolkeeper-benchmarks
	.build/release/poolkeeper-benchmarks $(ARGUMENTS)

ifeq ($(PACKAGED),release)
deb: packages ## a Debian package of a release build, in dist
	scripts/build-release.sh --scratch-path $(STATIC_BUILD)
	scripts/make-deb.sh $(STATIC_BUILD)/release/poolkeeper --checkouts $(STATIC_BUILD)/checkouts
else
deb: build
	scripts/make-deb.sh $(POOLKEEPER) --fast
endif

tarball: packages ## an archive of a release build that runs on every Linux with libcurl, in dist
	scripts/build-release.sh --scratch-path $(STATIC_BUILD) --static-libraries
	scripts/make-tarball.sh $(STATIC_BUILD)/release/poolkeeper-static --checkouts $(STATIC_BUILD)/checkouts

packages: ## install the libraries that the build needs, where they are missing
	@scripts/install-packages.sh

test-packages: ## fetch the programs that the tests talk to
	@scripts/install-packages.sh --test

clean: ## remove all that was built
	rm -rf .build dist
