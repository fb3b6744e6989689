#include "app/daemon_place.hpp"

#include <iostream>

#include "app/loading.hpp"

namespace pintle::app {

std::optional<DaemonPlace> find_daemon(const std::string& file, const std::string& admin) {
    DaemonPlace place;
    if (admin.empty() || !file.empty()) {
        const auto config = load_or_explain(file, Purpose::transform);
        if (!config) return std::nullopt;
        place.address = admin_address(*config);
        if (admin.empty()) place.directory = config->journal_directory;
    }
    if (admin.empty()) return place;
    const auto wrong = read_admin_address(admin, place.address);
    if (wrong.empty()) return place;
    std::cerr << "--admin: " << wrong << '\n';
    return std::nullopt;
}

}  // namespace pintle::app
