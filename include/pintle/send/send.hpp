#pragma once

#include <functional>

#include <CLI/App.hpp>

namespace pintle::send {

// `pintle send`: a file of events, through the ingress of a running daemon.
void add_command(CLI::App& app, std::function<int()>& chosen);

}  // namespace pintle::send
