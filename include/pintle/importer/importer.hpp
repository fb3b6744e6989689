#pragma once

#include <functional>

#include <CLI/App.hpp>

namespace pintle::importer {

// `pintle import`: a file of events, through the ingest of a running daemon.
void add_command(CLI::App& app, std::function<int()>& chosen);

}  // namespace pintle::importer
