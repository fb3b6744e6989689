// What the sanitizers of a sanitizer build are told, and what they are to overlook. Part of every program of such a
// build, the daemon included: its reports end it by SIGABRT, so that no test takes it for well.

extern "C" {

const char* __asan_default_options() {
    return "abort_on_error=1:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1";
}

const char* __ubsan_default_options() {
    return "abort_on_error=1:print_stacktrace=1";
}

const char* __lsan_default_suppressions() {
    return "";
}

const char* __tsan_default_options() {
    return "abort_on_error=1:halt_on_error=1:second_deadlock_stack=1";
}

// RocksDB as Debian builds it is not instrumented: of its lock-free memtable ThreadSanitizer sees the copying (memcpy,
// memcmp) but not the atomic links that order it. Not called_from_lib, which would overlook RocksDB's locks as well,
// and with them the order that they give to what we do.
const char* __tsan_default_suppressions() {
    return "race:librocksdb.so\n";
}

}  // extern "C"
