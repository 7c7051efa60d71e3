// SPDX-License-Identifier: BSD-3-Clause
// Compiled for another instruction set than the target that embeds the weights: see CMakeLists.txt.
#include "embedded_for_others.hpp"

embedded_for_others refused;
