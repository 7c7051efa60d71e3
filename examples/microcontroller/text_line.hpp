// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "semihosting.hpp"

namespace board {

/// A line of text that is put together and printed, without a C library. What does not fit is cut off.
class text_line {
public:
    text_line& put(const char* text) {
        for (; *text != '\0'; ++text) put_character(*text);
        return *this;
    }

    text_line& put(long long number) {
        if (number < 0) put_character('-');
        // Of the least number, too, the digits are those of its magnitude.
        auto left = number < 0 ? 0 - static_cast<unsigned long long>(number)
                               : static_cast<unsigned long long>(number);
        char digits[20];
        int count = 0;
        do {
            digits[count++] = static_cast<char>('0' + left % 10);
            left /= 10;
        } while (left > 0);
        while (count > 0) put_character(digits[--count]);
        return *this;
    }

    /// A number below 10^12 in magnitude, with six decimal places.
    text_line& put_decimal(double number) {
        constexpr long long unit = 1'000'000;
        if (number < 0) put_character('-');
        const double magnitude = number < 0 ? -number : number;
        constexpr double rounds_to_nearest = 0.5;  // without a C library there is no lround
        const auto scaled = static_cast<long long>(magnitude * static_cast<double>(unit) + rounds_to_nearest);
        put(scaled / unit).put(".");
        for (long long place = unit / 10; place > 0; place /= 10)
            put_character(static_cast<char>('0' + scaled / place % 10));
        return *this;
    }

    void print() {
        put_character('\n');
        characters_[size_] = '\0';
        board::print(characters_);
        size_ = 0;
    }

private:
    static constexpr int capacity = 240;

    void put_character(char c) {
        if (size_ < capacity - 1) characters_[size_++] = c;
    }

    char characters_[capacity];
    int size_ = 0;
};

}  // namespace board
