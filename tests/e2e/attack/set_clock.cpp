// Preloaded, it has the wall clock run ahead by as many seconds as the file says that SET_CLOCK_FILE names; it is empty
// at first. The machine's other clocks go on.
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

const std::int64_t* map_file() {
    static const std::int64_t none = 0;
    const char* const name = std::getenv("SET_CLOCK_FILE");
    const int file = name == nullptr ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return &none;
    void* const mapped = mmap(nullptr, sizeof none, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return mapped == MAP_FAILED ? &none : static_cast<const std::int64_t*>(mapped);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
    static const volatile std::int64_t* const ahead = map_file();
    const auto outcome = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
    if (outcome == 0 && clock == CLOCK_REALTIME) time->tv_sec += *ahead;
    return outcome;
}
