# tarn: thin; the build is Meson's, in build/.
#
#   make                        build/tarn, build/libtarn.a, build/libtarn.so; no tests
#   make run [ARGS="-- PROG"]   the main job, or a program of yours, over tarn
#   make test [STAGE="gcc e2e"] every test, or the named stages
#   make lint                   what reads the code instead of running it
#   make fuzz SECONDS=N [TARGET=NAME]
#   make coverage               what the corpora reach of the codecs
#   make bench
#   make install [PREFIX=/usr/local] [DESTDIR=]    and uninstall
.PHONY: all run test lint fuzz coverage bench bootstrap install uninstall clean
SECONDS ?= 60
PREFIX ?= /usr/local

# A release: assertions count and go on instead of stopping.
all: bootstrap
	@ONLY=product scripts/build build -Db_ndebug=true

bootstrap:
	@scripts/bootstrap build

run: bootstrap
	@scripts/bootstrap run
	@echo "building in build/: a minute or two the first time"
	@said=$$(ONLY=product scripts/build build -Db_ndebug=true 2>&1) || { echo "$$said"; exit 1; }
	@scripts/run-demo $(ARGS)

test: bootstrap
	@scripts/bootstrap test peers cross
	@scripts/test $(STAGE)

lint: all
	@scripts/lint build
	@scripts/lint-test

fuzz:
	@scripts/fuzz $(SECONDS) $(TARGET)

coverage:
	@scripts/coverage

bench: bootstrap
	@scripts/build build -Db_ndebug=true
	@scripts/bench

install: all
	@meson configure build --prefix "$$(realpath -m "$(PREFIX)")"
	@ONLY=product scripts/build build
	@DESTDIR="$(DESTDIR)" meson install -C build --no-rebuild

uninstall:
	@ninja -C build uninstall
	@sed -n 's|/tarn\.h$$||p' build/meson-logs/install-log.txt | while read -r folder; do \
	    rmdir "$$folder" 2>/dev/null; done; true

clean:
	@rm -rf build
