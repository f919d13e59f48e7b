# tarn: thin; the build is Meson's, in build/.
.PHONY: all lint

# A release: assertions count and go on instead of stopping.
all:
	@scripts/build build -Db_ndebug=true

lint: all
	@scripts/lint build
	@scripts/lint-test
