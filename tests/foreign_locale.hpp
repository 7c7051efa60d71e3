// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <clocale>
#include <locale>
#include <string>

/// While it lives, numbers have a comma for a point and points between their thousands: in C++, and in C
/// where the machine has such a locale.
class foreign_locale {
public:
    foreign_locale() : before_(std::locale::global(std::locale(std::locale(), new grouped))) {
        for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "pl_PL.UTF-8"}) {
            if (std::setlocale(LC_ALL, name) != nullptr) break;
        }
    }
    ~foreign_locale() {
        std::locale::global(before_);
        std::setlocale(LC_ALL, "C");
    }
    foreign_locale(const foreign_locale&) = delete;
    foreign_locale& operator=(const foreign_locale&) = delete;

private:
    struct grouped : std::numpunct<char> {
        char do_decimal_point() const override { return ','; }
        char do_thousands_sep() const override { return '.'; }
        std::string do_grouping() const override { return "\3"; }
    };

    std::locale before_;
};
