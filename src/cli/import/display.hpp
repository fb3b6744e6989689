#pragma once

#include <chrono>
#include <string>

#include "import/progress_estimator.hpp"

namespace pintle::cli::importer {

// Shows progress on stderr, and notes: on a terminal one line that is redrawn, else a line from time to time.
class Display {
public:
    Display();
    ~Display();
    Display(const Display&) = delete;
    Display& operator=(const Display&) = delete;

    void note(const std::string& text);
    void show(const ProgressEstimator& estimator, ProgressEstimator::Time now);
    void clear();  // removes the progress line

private:
    bool terminal_;
    bool drawn_ = false;
    ProgressEstimator::Time last_;
};

}  // namespace pintle::cli::importer
