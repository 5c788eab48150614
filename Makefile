# make run     install what it needs, build, start the service on 127.0.0.1:8025
# make test    install what tests need, build, run every test
# make build   the programs, at .build/release/postern and .build/release/postern-scanner
# make bench   beside rspamd on this machine, and single parts beside what they are compared to (see docs/performance.md)
# make bench-spam  the spam filter beside others, on collections of mail that SPAM_CORPORA names
# make fuzz    every fuzz target for FUZZ_SECONDS (60)
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
STATE ?= state
CONFIG ?=
LISTEN ?= 127.0.0.1:8025

RUN_PACKAGES := libssl-dev libpq-dev libunbound-dev libidn2-dev libcurl4-openssl-dev libxml2-dev libicu-dev libclamav-dev libedit2 libncurses6 libsqlite3-0 libz3-4 zlib1g-dev libc6-dev libgcc-12-dev libstdc++-12-dev binutils git ca-certificates postgresql curl
TEST_PACKAGES := $(RUN_PACKAGES) nsd unbound openssl python3 python3-yaml python3-jsonschema python3-aiosmtpd python3-dkim python3-nacl python3-authheaders opendkim opendkim-tools ldnsutils procps zstd libxml2-utils clamav-testfiles postfix

.PHONY: build run test bench bench-spam fuzz packages-run packages-test
build: packages-run
	@deploy/build/build postern
	@deploy/build/build postern-scanner

run: packages-run
	@deploy/build/build postern
	@deploy/build/build postern-scanner
	@exec .build/release/postern serve --greet --state-dir "$(STATE)" --listen "$(LISTEN)" $(if $(CONFIG),--config "$(CONFIG)")

test: packages-test
	@deploy/build/test

bench-spam:
	@Benchmarks/spam

bench:
	@Benchmarks/run
	@STAGE=e REPEAT=1 Benchmarks/run
	@Benchmarks/scanner
	@Benchmarks/parts
	@Benchmarks/counting

fuzz: packages-test
	@deploy/build/fuzz

packages-run:
	@deploy/build/packages $(RUN_PACKAGES)
packages-test:
	@deploy/build/packages $(TEST_PACKAGES)
