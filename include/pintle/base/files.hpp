#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// Access to files that others may have tampered with. Throws std::system_error if a system call fails, and
// std::runtime_error with a message for people, without the file's name, if a file is not as required.
namespace pintle::files {

// Owns an open file.
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
    int release() noexcept { return std::exchange(number_, -1); }  // the caller closes it
    explicit operator bool() const noexcept { return number_ >= 0; }

private:
    int number_ = -1;
};

enum class Kind : std::uint8_t {
    regular,  // never blocks; symbolic links are followed
    stream,   // also pipes and terminals
};

// Returns the content. Fails for a file of another kind, and for more than `max_size` bytes.
std::string read(const std::string& path, std::size_t max_size, Kind kind);

inline constexpr std::size_t max_pem = 4UL << 20U;  // bytes of a file of certificates

// Opens a private file for reading and writing, and creates it (mode 0600) if it is missing. Fails for symbolic links,
// for anything but regular files, for files of other users and for files with several hard links: anyone who may write
// to the directory could redirect us with these.
Descriptor open_own(const std::string& path);

// The same, but returns nothing if it is missing.
Descriptor open_own_if_there(const std::string& path);

// Creates a new file with that mode, replacing whatever has this name.
Descriptor create_anew(const std::string& path, unsigned mode);

// Writes all of it.
void write(const Descriptor& file, std::string_view text);

}  // namespace pintle::files
