// SPDX-License-Identifier: BSD-3-Clause
// Two units that include the library are one program: they link, give the same answers, and share each
// definition.
#include <cstdio>

#include "answers.hpp"

int main() {
    const answers first = first_unit();
    const answers second = second_unit();
    std::printf("%zu values, %zu sentences, %zu places\n", first.values.size(), first.texts.size(),
                first.places.size());
    if (first.values != second.values) return std::puts("the units computed different values"), 1;
    if (first.texts != second.texts) return std::puts("the units said different things"), 1;
    if (first.places != second.places) return std::puts("the units have a definition each"), 1;
}
