# The commands a person types. Each sets up what it needs; all are safe to run twice.
SHELL := /bin/bash
.DEFAULT_GOAL := help

.PHONY: help setup build demo test soak lint bench cluster-up cluster-down

help: ## Shows these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## Installs what building needs: Debian packages as root, else it says which
	@tests/setup/packages.sh build
	@tests/setup/toolchains.sh

build: setup ## Builds target/release/windlass with its plugins and the agent inside
	cargo build --release --locked

demo: setup ## Runs the docker-in-docker example on Podman and shows the pushed digest
	@tests/setup/packages.sh engine
	@tests/demo.sh

test: setup ## Runs every test, those on a real Kubernetes node and on Podman included
	@tests/setup/packages.sh engine cluster sources plugins
	@tests/run.sh

soak: setup ## Runs what takes longer than a test may: fifty rounds over a network that breaks
	@tests/setup/packages.sh engine cluster
	@WINDLASS_TEST_ROUNDS=50 tests/run.sh --test chaos -- --nocapture

lint: setup ## Checks formatting, clippy, documentation, shell scripts, and licences, sources and advisories of dependencies
	@tests/setup/packages.sh lint
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --workspace --no-deps --document-private-items --locked
	shellcheck --external-sources $$(git ls-files '*.sh' .ci/run)
	@tests/setup/deny.sh

bench: build ## Measures speed and memory against hand-written floors
	@tests/setup/packages.sh engine cluster sources
	@tests/bench.sh

cluster-up: ## Starts the real Kubernetes node and its registry, and leaves them standing
	@tests/setup/packages.sh engine cluster sources
	@tests/cluster/up.sh

cluster-down: ## Stops them
	@tests/cluster/down.sh
