#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compare/entry.hpp"
#include "compare/tree.hpp"

namespace pintle::cli::compare {

// What became of the operations of a pairing.
struct Pairing {
    std::uint64_t equal = 0;
    std::uint64_t repeated_a = 0;  // deliveries of an event again with its id, which Customer.io ignores
    std::uint64_t repeated_b = 0;
    std::vector<std::pair<Entry, Entry>> different;
    std::vector<Entry> only_in_a;
    std::vector<Entry> only_in_b;
};

// Pairs the operations of the same people in two recordings. Equal ones are paired first, in any order; then, for the
// same person and action, those of the same id, those of the same name and time, and those of the same name. Where
// several could be counterparts, those are paired that differ least, and else the earlier ones. No I/O.
class Pairer {
public:
    // Entries of a side are added in the order of the recording.
    void add(Side side, Entry entry);

    // Ends the pairing, and empties this.
    Pairing finish();

private:
    // Operations of the same text, which is the key of the map: only how many there are is kept.
    struct Copies {
        struct Occurrences {
            std::uint64_t count = 0;
            std::uint64_t line = 0;  // of the first
            std::size_t item = 0;
        };

        Operation operation;  // without its text
        Occurrences a;
        Occurrences b;
    };

    static void keep_rest(const std::string& text, const Copies& copies, std::uint64_t equal, Pairing& pairing);

    std::unordered_map<std::string, Copies> copies_;
};

// Pairs operations of different people if all but the person is equal: a person who has another id in one recording.
// Operations without a time are not paired, as they say too little.
Pairing pair_across_people(std::vector<Entry> a, std::vector<Entry> b);

// The key by which `pair_across_people` pairs an operation; empty if it does not pair it.
std::string key_across_people(const Entry& entry);

}  // namespace pintle::cli::compare
