#pragma once

#include <chrono>
#include <string>

#include "import/progress_estimator.hpp"

namespace pintle::cli::importer {

// What people see on stderr: one line that changes on a terminal, else a line now and then; and notes.
class Display {
public:
    Display();
    ~Display();
    Display(const Display&) = delete;
    Display& operator=(const Display&) = delete;

    void note(const std::string& text);
    void show(const ProgressEstimator& estimator, ProgressEstimator::Time now);
    void clear();  // the line that changes

private:
    bool terminal_;
    bool drawn_ = false;
    ProgressEstimator::Time last_;
};

}  // namespace pintle::cli::importer
