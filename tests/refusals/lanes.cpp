// SPDX-License-Identifier: BSD-3-Clause
// Lanes are those of the instruction set that a file is compiled for, and nobody's choice.
// expected: (no non-static data member named .*lanes|does not refer to any field|no member named 'lanes')
#include "plait/network/plan.hpp"

using namespace plait;

constexpr layout_policy policy{.lanes = 16};
