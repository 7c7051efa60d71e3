// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace board {

/// What runs when memory is ready; its status is the program's. Whoever links start.cpp defines it.
int program();

/// The most of the stack that was in use since reset, in bytes: what was painted then and is not any more.
int stack_bytes_used();

}  // namespace board
