// SPDX-License-Identifier: BSD-3-Clause
// From reset to board::program: for any Cortex-M whose memory is as memory.ld says.

#include "start.hpp"

#include <cstddef>
#include <cstdint>

#include "semihosting.hpp"

extern "C" {

// Of memory.ld.
extern std::uint32_t stack_begin[], stack_end[], data_begin[], data_end[], zeros_begin[], zeros_end[];
extern const std::uint32_t data_in_flash[];
using constructor = void (*)();
extern const constructor constructors_begin[], constructors_end[];

[[noreturn]] void reset();

/// The one function of the C library that the program has.
void* memcpy(void* to, const void* from, std::size_t bytes) {
    auto* const out = static_cast<unsigned char*>(to);
    const auto* const in = static_cast<const unsigned char*>(from);
    std::size_t i = 0;
    if ((reinterpret_cast<std::uintptr_t>(to) | reinterpret_cast<std::uintptr_t>(from)) % 4 == 0) {
        using word [[gnu::may_alias]] = std::uint32_t;
        for (; i + 4 <= bytes; i += 4)
            *reinterpret_cast<word*>(out + i) = *reinterpret_cast<const word*>(in + i);
    }
    for (; i < bytes; ++i) out[i] = in[i];
    return to;
}

}  // extern "C"

namespace {

constexpr std::uint32_t untouched = 0xdeadbeef;

[[noreturn]] void fault() {
    board::print("fault: the processor stopped the program\n");
    board::end(1);
}

/// What the processor reads at reset: where the stack ends, and what to run then and in each of 15 cases.
struct vector_table {
    const void* stack;
    void (*handlers[15])();
};
[[gnu::section(".vectors"), gnu::used]] const vector_table vectors{
    stack_end,
    {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault,
     fault}};

[[noreturn, gnu::noinline]] void run() {
    const std::uint32_t* free_below = nullptr;
    asm volatile("mov %0, sp" : "=r"(free_below));
    for (std::uint32_t* word = stack_begin; word < free_below; ++word) *word = untouched;
    for (std::ptrdiff_t i = 0; i < data_end - data_begin; ++i) data_begin[i] = data_in_flash[i];
    for (std::uint32_t* word = zeros_begin; word < zeros_end; ++word) *word = 0;
    for (const constructor* each = constructors_begin; each < constructors_end; ++each) (*each)();
    board::end(board::program());
}

}  // namespace

int board::stack_bytes_used() {
    const std::uint32_t* word = stack_begin;
    while (word < stack_end && *word == untouched) ++word;
    return static_cast<int>(sizeof(std::uint32_t)) * static_cast<int>(stack_end - word);
}

extern "C" void reset() {
#if defined(__ARM_FP)
    // Coprocessors 10 and 11 are the floating-point unit (Armv7-M, CPACR), which is off at reset.
    auto* const access = reinterpret_cast<volatile std::uint32_t*>(0xe000ed88);
    *access = *access | 0xfU << 20U;
    asm volatile("dsb\n isb" ::: "memory");
#endif
    run();
}
