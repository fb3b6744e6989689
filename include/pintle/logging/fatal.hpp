#pragma once

// Logs the end of a process that is out of memory.
namespace pintle::logging {

// From now on, running out of memory and uncaught exceptions are logged, each as one line of text or JSON, without
// allocating memory.
void tell_of_fatal_ends(bool json) noexcept;

// Logs `out_of_memory` and ends the process with exit code 1. `operator new` calls it on failure; code that catches
// std::bad_alloc must call it. Thread-safe.
[[noreturn]] void end_out_of_memory() noexcept;

}  // namespace pintle::logging
