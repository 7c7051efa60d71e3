// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// What does not hold of Plait's pictures and the program's own stb in a unit; nothing where all does.
const char* implementing_unit();
const char* plain_unit();

/// Allocations that the program's own stb has made.
inline int own_allocations = 0;
