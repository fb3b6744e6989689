#pragma once

// Ends of the process that leave no memory to say so with.
namespace pintle::logging {

// From now on the end of memory and an exception that nobody catches are each told in one log line, `json` or text. It
// is written without allocating anything.
void tell_of_fatal_ends(bool json) noexcept;

// Ends the process with exit code 1 and the line `out_of_memory`. What `operator new` cannot get ends here by itself;
// where std::bad_alloc is caught, that has to call it. Thread-safe.
[[noreturn]] void end_out_of_memory() noexcept;

}  // namespace pintle::logging
