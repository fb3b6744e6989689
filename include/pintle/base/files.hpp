#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// Files that others may have had a hand in. All throw std::system_error where the machine fails, and std::runtime_error
// with the reason for people, without the file's name, where a file is not what it must be.
namespace pintle::files {

// An open file; closed with it.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor();

    int get() const noexcept { return number_; }
    int release() noexcept { return std::exchange(number_, -1); }  // who calls closes it
    explicit operator bool() const noexcept { return number_ >= 0; }

private:
    int number_ = -1;
};

enum class Kind : std::uint8_t {
    regular,  // never waits for anybody; what a symbolic link leads to counts
    stream,   // pipes and terminals too, to their end
};

// All that is in it. Refuses a file of another kind, and one with over `max_size` bytes.
std::string read(const std::string& path, std::size_t max_size, Kind kind);

inline constexpr std::size_t max_pem = 4UL << 20U;  // bytes of a file of certificates

// Opens a file to read and write that is this user's alone, and makes it (mode 0600) where it is not there. Refuses a
// symbolic link, all but a regular file, one of another user, and one with further names (hard links): whoever may
// write to the folder could lead us elsewhere.
Descriptor open_own(const std::string& path);

// The same where there must be one; nothing where there is none.
Descriptor open_own_if_there(const std::string& path);

// A new file of this user with that mode, in place of what has this name, whatever that is.
Descriptor create_anew(const std::string& path, unsigned mode);

// All of it.
void write(const Descriptor& file, std::string_view text);

}  // namespace pintle::files
