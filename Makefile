# `make help` lists the targets. Each of them starts from a fresh clone: a target installs the
# Debian packages that it needs and that are missing, says so, and builds what it runs.

SWIFT ?= swift
PYTHON ?= python3

release := .build/release
# Programs that need no Swift where they run, and that start faster. Swift's own library uses
# `mktemp`, of which the default linker warns.
static := --static-swift-stdlib -Xswiftc -use-ld=lld
demo := .build/demo
fixture := fixtures/digits_resnet/keras3

# What the package links, what its tests run, and what real Keras is installed with.
libraries := git pkg-config libhdf5-dev libprotobuf-c-dev libxxhash-dev libzip-dev libdeflate-dev libdnnl-dev
test_tools := hdf5-tools protobuf-compiler protobuf-c-compiler strace
python_tools := hdf5-tools protobuf-compiler python3 python3-venv chromium chromium-driver

# Options handed on: make interop INTEROP='--line keras3 --models ResNet50', or
# make bench BENCH='--only forward --models ResNet50 --rounds 3'.
INTEROP ?=
APPLICATIONS ?=
FUZZ ?= --count 10000
FUZZ_SECONDS ?= 60
BENCH ?=

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: programs ## install what is missing, build, convert a model, show it, verify it
	@mkdir -p $(demo)
	$(release)/resconv $(fixture).h5 $(demo)/digits_resnet.pb
	$(release)/resconv inspect $(demo)/digits_resnet.pb
	$(release)/resverify $(demo)/digits_resnet.pb --golden $(fixture).golden.h5

.PHONY: programs
programs: ## build resconv and resverify, optimised, in .build/release
	@.ci/install $(libraries)
	$(SWIFT) build -c release $(static)

# A folder of its own: testable code is compiled otherwise, and each build would undo the other.
testing := -c release -Xswiftc -enable-testing --scratch-path .build-test

.PHONY: test
test: ## run the whole test suite, optimised
	@.ci/install $(libraries) $(test_tools)
	$(SWIFT) test $(testing)

# oneDNN has other code, and chooses other layouts, for each kind of processor.
.PHONY: processors
processors: ## test the oneDNN engine as if this processor had narrower vectors
	@.ci/install $(libraries) $(test_tools)
	DNNL_MAX_CPU_ISA=AVX2 $(SWIFT) test $(testing) --filter OneDNNEngineTests
	DNNL_MAX_CPU_ISA=SSE41 $(SWIFT) test $(testing) --filter OneDNNEngineTests

.PHONY: interop
interop: programs ## hold the programs against real Keras, h5py and Python's protobuf (from PyPI)
	@.ci/install $(python_tools)
	$(PYTHON) Tests/interop/run.py $(INTEROP)

.PHONY: applications
applications: programs ## hold the programs against every network of keras.applications (hours)
	@.ci/install hdf5-tools python3 python3-venv
	$(PYTHON) Tests/interop/applications.py $(APPLICATIONS)

.PHONY: lint
lint: ## check the form of every Swift file
	$(SWIFT) format lint --strict --recursive Sources Tests Benchmarks Examples Fuzzing Package.swift

.PHONY: regenerate-check
regenerate-check: ## check that the generated C is what schemas/ generates
	@.ci/install $(libraries) protobuf-compiler protobuf-c-compiler
	schemas/regenerate --check

.PHONY: unsafe-list
unsafe-list: ## check that unsafe code stands only in the files listed for it
	@.ci/unsafe-files | diff -u Documentation/unsafe-files.txt - || { \
	  echo 'unsafe code moved; if it is meant to: .ci/unsafe-files > Documentation/unsafe-files.txt'; \
	  exit 1; }
	@echo "unsafe code stands in the $$(wc -l < Documentation/unsafe-files.txt) files listed for it"

.PHONY: external
external: ## build and run a package that depends on this one, and look at what it links
	@.ci/install $(libraries)
	@mkdir -p $(demo)
	$(SWIFT) build -c release --package-path Tests/ExternalPackage --scratch-path .build-external
	.build-external/release/ExternalPackage $(fixture).h5 $(demo)/external.pb
	.build-external/release/CoreLoader $(demo)/external.pb
	.ci/links .build-external/release/ExternalPackage with protobuf-c xxhash hdf5 zip
	.ci/links .build-external/release/CoreLoader with protobuf-c xxhash without hdf5 zip

.PHONY: plain
plain: ## build without oneDNN, and verify a model by the reference engine
	@.ci/install $(libraries)
	$(SWIFT) build --disable-default-traits --scratch-path .build-plain
	.build-plain/debug/resverify $(fixture).h5 --golden $(fixture).golden.h5

# One build for all targets, which only here are part of the package. lld, since the default linker
# warns of every function of the sanitizers.
fuzzing := RESIDUAL_FUZZING=1 $(SWIFT) build -c release --product Fuzzing -Xswiftc -enable-testing \
  -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld --scratch-path .build-fuzzing

.PHONY: fuzz
fuzz: fuzz-files fuzz-targets ## feed 10,000 damaged files of each format to the programs, and fuzz the readers by coverage

.PHONY: fuzz-files
fuzz-files: programs ## feed damaged files to the programs
	@.ci/install python3 hdf5-tools
	$(PYTHON) Tests/fuzz/fuzz.py $(FUZZ)

.PHONY: fuzz-targets
fuzz-targets: ## fuzz the readers in one process, FUZZ_SECONDS for each, guided by coverage
	@.ci/install $(libraries) python3 hdf5-tools
	$(fuzzing)
	$(PYTHON) Fuzzing/fuzz --seconds $(FUZZ_SECONDS)

sanitizing := SWIFT_BACKTRACE=enable=no $(SWIFT) test -Xswiftc -use-ld=lld

.PHONY: sanitizers
sanitizers: sanitize-address sanitize-thread ## run the tests under AddressSanitizer and ThreadSanitizer

# What is about the process that watches a program, about limits of memory that the sanitizer takes more
# than, and about each single call of the system, among which are the sanitizer's own.
unaddressed := SupervisionTests|StuckProcessTests|InjectedFaultTests|a recording that is interrupted
unaddressed := $(unaddressed)|where both processes die|a large array takes its size once
unaddressed := $(unaddressed)|where no thread can be made

# Optimised, as the tests are: overflow and bounds are checked all the same. Programs are not watched, for
# one that is may map less than the sanitizer does. The sanitizer takes what Swift keeps in static
# variables, and what XCTest keeps, for leaks.
.PHONY: sanitize-address
sanitize-address: ## run the test suite under AddressSanitizer
	@.ci/install $(libraries) $(test_tools)
	ASAN_OPTIONS=detect_leaks=0:exitcode=86 RESIDUAL_SUPERVISION=off $(sanitizing) -c release \
	  -Xswiftc -enable-testing --sanitize=address --scratch-path .build-address \
	  --skip '$(unaddressed)'

# What else the sanitizer of threads takes more of than a test allows: memory, time, and the signal of a
# file that grows too large.
unthreaded := $(unaddressed)|each flipped byte of a payload|a limit of the size of files

.PHONY: sanitize-thread
sanitize-thread: ## run the test suite under ThreadSanitizer
	@.ci/install $(libraries) $(test_tools)
	@mkdir -p .build-thread
	clang -shared -fPIC -o .build-thread/mutex.so Tests/sanitizers/mutex.c
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/sanitizers/thread.txt RESIDUAL_SUPERVISION=off \
	  LD_PRELOAD=$(CURDIR)/.build-thread/mutex.so $(sanitizing) -c release \
	  -Xswiftc -enable-testing --sanitize=thread --scratch-path .build-thread \
	  --skip '$(unthreaded)'

.PHONY: bench
bench: programs ## measure against Keras, tf2onnx, ONNX Runtime, TensorFlow and safetensors
	@.ci/install python3 python3-venv
	$(PYTHON) Benchmarks/bench $(BENCH)

.PHONY: clean
clean: ## remove everything that was built, fetched or measured
	rm -rf .build .build-* .venv-*
