// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What a debugger or an emulator does for a program without an operating system (Arm's "Semihosting for
// AArch32 and AArch64", section 6).

namespace board {

/// Asks for an operation; what it returns.
inline int semihosting(int operation, const void* argument) {
    register int number asm("r0") = operation;
    register const void* block asm("r1") = argument;
    asm volatile("bkpt 0xab" : "+r"(number) : "r"(block) : "memory");
    return number;
}

/// Prints text that ends with a zero.
inline void print(const char* text) {
    constexpr int write_text = 0x04;
    semihosting(write_text, text);
}

/// Ends the program.
[[noreturn]] inline void end(int status) {
    constexpr int end_with_status = 0x20;
    constexpr unsigned application_exit = 0x20026;
    const unsigned block[]{application_exit, static_cast<unsigned>(status)};
    for (;;) semihosting(end_with_status, block);
}

}  // namespace board
