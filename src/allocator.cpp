// The executable's allocator is jemalloc: an event's memory is taken on one thread and given back on another or dozens
// at a time, which glibc's does at twice the cost. It reads this when the process starts (jemalloc(3), "TUNING").
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "narenas:8";  // as it takes on two cores; its default rises with them
}
