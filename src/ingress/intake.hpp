#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingress/message_hash.hpp"
#include "ingress/optout.hpp"
#include "ingress/routes.hpp"
#include "ingress/split.hpp"
#include "ingress/stamp.hpp"
#include "pintle/ingress/ingress.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::ingress {

// An event on its way to the journal: a record, or where it cannot be mapped a dead letter.
struct Item {
    MessageHash message{};
    std::string record;
    std::unique_ptr<journal::DeadLetter> letter;
    std::string_view reason;  // of a letter, as it is counted: static text
};

// An event that its sender did not want to go on, for who looks.
struct Dropped {
    MessageHash message{};
    std::string event;
    std::string_view reason;  // static text
};

// What became of a request's events.
struct Taken {
    std::vector<Item> items;
    std::size_t events = 0;
    std::array<std::size_t, mapping::event_types.size()> types{};  // of those that were looked at
    std::size_t integration_disabled = 0;
    std::size_t consent_denied = 0;
    bool watched = false;          // somebody looks: `dropped` is wanted
    std::vector<Dropped> dropped;  // by integrations or consent
};

// Why a request is not taken, as its answer.
struct Rejection {
    unsigned status = 400;
    std::string_view reason;
};

// From a body to records: cuts, validates, stamps, filters and maps. No I/O; the time is passed in. Not thread-safe;
// its buffers are reused.
class Intake {
public:
    explicit Intake(const Options& options);

    // Cuts the body, which must live until `take` is done.
    mapping::Result<void> open(std::string& body, const Route& route);

    std::size_t events() const noexcept { return parts_.events.size(); }  // as far as it could be cut

    // The write key at the top of the body; empty where there is none.
    std::string body_key();

    // All events of the opened body. A rejection is for the whole request: nothing of it is to be kept.
    boost::system::result<void, Rejection> take(const Source& source, const Route& route, WallTime now, Taken& taken,
                                                WallTime age_start = {});

private:
    boost::system::result<void, Rejection> take_event(mapping::TokenSpan span, const Source& source, const Route& route,
                                                      const Moment& now, Taken& taken);
    mapping::Result<void> parse(mapping::TokenSpan span);
    std::optional<std::string_view> forbidden_type(const Source& source) const;
    void count_type(const Route& route, Taken& taken) const;
    void drop(OptOut why, const Source& source, const Route& route, Taken& taken);
    Item record(const Source& source, const mapping::Keys& keys, WallTime now);
    Item dead_letter(const Source& source, std::string_view event, std::string_view id, std::string_view reason,
                     WallTime now);

    const Options& options_;
    std::vector<mapping::Mapper> mappers_;  // one a source
    std::vector<std::uint8_t> forbidden_;   // types of events, as bits, of each source
    Splitter splitter_;
    Parts parts_;
    mapping::Event envelope_;
    mapping::Event event_;
    mapping::Mapped mapped_;
    std::string text_;
    WallTime age_start_;  // as a record says it
};

}  // namespace pintle::ingress
