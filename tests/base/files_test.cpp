#include "pintle/base/files.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pintle::files {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Files : public testing::Test {
public:
    Files() {
        std::string name = fs::temp_directory_path() / "pintle-files-XXXXXX";
        folder_ = mkdtemp(name.data());
    }
    ~Files() override { fs::remove_all(folder_); }

protected:
    std::string path(const std::string& name) const { return folder_ / name; }

    std::string make(const std::string& name, std::string_view text) const {
        std::ofstream(path(name), std::ios::binary) << text;
        return path(name);
    }

    std::string make_fifo(const std::string& name) const {
        EXPECT_EQ(mkfifo(path(name).c_str(), 0600), 0);
        return path(name);
    }

    static unsigned mode_of(const std::string& file) { return static_cast<unsigned>(fs::status(file).permissions()); }

    fs::path folder_;
};

// Why `act` does not do it; "done" where it does.
template <class Act>
std::string refusal(Act act) {
    try {
        act();
        return "done";
    } catch (const std::system_error& error) {
        return error.code().message();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

TEST_F(Files, ReadsARegularFileUpToItsLimit) {
    EXPECT_EQ(read(make("a", std::string("a\0b", 3)), 3, Kind::regular), std::string("a\0b", 3));
    EXPECT_THAT(refusal([&] { read(path("a"), 2, Kind::regular); }), HasSubstr("over 2 bytes"));
    fs::create_symlink(path("a"), path("link"));
    EXPECT_EQ(read(path("link"), 3, Kind::regular).size(), 3U) << "as Kubernetes mounts them";
    EXPECT_EQ(refusal([&] { read(path("none"), 3, Kind::regular); }), "No such file or directory");
    EXPECT_EQ(refusal([&] { read(folder_, 3, Kind::stream); }), "Is a directory");
}

TEST_F(Files, DoesNotWaitForTheOtherEndOfAPipe) {
    const auto fifo = make_fifo("fifo");
    EXPECT_EQ(refusal([&] { read(fifo, 100, Kind::regular); }), "is not a regular file");
    EXPECT_EQ(refusal([&] { read("/dev/zero", 100, Kind::regular); }), "is not a regular file");
}

TEST_F(Files, ReadsAStreamToItsEndWhereThatIsMeant) {
    const auto fifo = make_fifo("fifo");
    std::jthread writer([&] { std::ofstream(fifo) << "hello"; });
    EXPECT_EQ(read(fifo, 100, Kind::stream), "hello");
    EXPECT_THAT(refusal([] { read("/dev/zero", 100'000, Kind::stream); }), HasSubstr("over 100000 bytes"));
}

TEST_F(Files, MakesAFileThatNobodyElseReads) {
    write(open_own(path("new")), "text");
    EXPECT_EQ(mode_of(path("new")), 0600U);
    EXPECT_EQ(read(path("new"), 10, Kind::regular), "text");
    EXPECT_TRUE(open_own_if_there(path("new")));
    EXPECT_FALSE(open_own_if_there(path("none")));
}

TEST_F(Files, WritesToNothingThatItIsLedTo) {
    const auto victim = make("victim", "mine");
    fs::create_symlink(victim, path("link"));
    fs::create_symlink(path("none"), path("dangling"));
    fs::create_hard_link(make("another", ""), path("hard"));
    for (const auto& [name, reason] :
         {std::pair("link", "symbolic link"), std::pair("dangling", "symbolic link"), std::pair("hard", "hard link")}) {
        EXPECT_THAT(refusal([&, file = path(name)] { open_own(file); }), HasSubstr(reason)) << name;
        EXPECT_THAT(refusal([&, file = path(name)] { open_own_if_there(file); }), HasSubstr(reason)) << name;
    }
    EXPECT_EQ(refusal([&] { open_own(make_fifo("fifo")); }), "is not a regular file");
    EXPECT_EQ(refusal([&] { open_own(folder_); }), "is not a regular file");
    EXPECT_FALSE(fs::exists(path("none")));
    EXPECT_EQ(read(victim, 10, Kind::regular), "mine");
}

TEST_F(Files, RejectsAFileOfAnotherUser) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    ASSERT_EQ(chown(make("theirs", "").c_str(), 65534, 65534), 0);
    EXPECT_EQ(refusal([&] { open_own(path("theirs")); }), "belongs to another user");
}

TEST_F(Files, CreatesAnewInPlaceOfALink) {
    const auto victim = make("victim", "mine");
    fs::create_symlink(victim, path("link"));
    write(create_anew(path("link"), 0600), "new");
    EXPECT_FALSE(fs::is_symlink(path("link")));
    EXPECT_EQ(read(victim, 10, Kind::regular), "mine");
    EXPECT_EQ(read(path("link"), 10, Kind::regular), "new");
}

}  // namespace
}  // namespace pintle::files
