// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What a debugger or an emulator does for a program without an operating system (Arm's "Semihosting for
// AArch32 and AArch64", section 6).

namespace board {

/// Prints text that ends with a zero.
void print(const char* text);

/// Ends the program.
[[noreturn]] void end(int status);

}  // namespace board
