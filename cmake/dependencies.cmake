# The libraries tenure stands on, each as an imported target. Debian 12's versions are the floor.
find_package(PkgConfig REQUIRED)
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.88)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
# lua-cjson twice: the command and the static library take the archive; the shared library cannot, because the archive's code
# does not move, and takes the shared object.
pkg_check_modules(LUA_CJSON REQUIRED IMPORTED_TARGET lua5.4-cjson)
find_library(LUA_CJSON_ARCHIVE NAMES liblua5.4-cjson.a REQUIRED)
