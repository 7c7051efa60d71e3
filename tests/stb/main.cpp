// SPDX-License-Identifier: BSD-3-Clause
// Plait's stb and the program's live side by side, whichever a unit includes first.
#include <cstdio>
#include <initializer_list>

#include "answers.hpp"

int main() {
    for (const auto unit : {implementing_unit, plain_unit}) {
        if (const char* const expected = unit()) return std::printf("does not hold: %s\n", expected), 1;
    }
}
