#include "syn_filter.hpp"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

namespace pintle::http {
namespace {

constexpr std::uint32_t flags_offset = 13;  // in the TCP header, where the filter's view of a segment begins
constexpr std::uint32_t syn = 0x02;
constexpr std::uint32_t all = 0xffffffff;

}  // namespace

void drop_syns(int listening_socket) noexcept {
    std::array<sock_filter, 4> code{
        sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_offset),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, syn, 0, 1),
        sock_filter BPF_STMT(BPF_RET | BPF_K, 0),
        sock_filter BPF_STMT(BPF_RET | BPF_K, all),
    };
    const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    static_cast<void>(::setsockopt(listening_socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

}  // namespace pintle::http
