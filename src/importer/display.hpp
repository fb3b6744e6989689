#pragma once

#include <chrono>
#include <string>

#include "importer/meter.hpp"

namespace pintle::importer {

// What people see on stderr: one line that changes on a terminal, else a line now and then; and notes.
class Display {
public:
    Display();
    ~Display();
    Display(const Display&) = delete;
    Display& operator=(const Display&) = delete;

    void note(const std::string& text);
    void show(const Meter& meter, Meter::Time now);
    void clear();  // the line that changes

private:
    bool terminal_;
    bool drawn_ = false;
    Meter::Time last_;
};

}  // namespace pintle::importer
