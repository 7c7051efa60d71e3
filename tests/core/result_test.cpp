// SPDX-License-Identifier: BSD-3-Clause
#include "plait/core/result.hpp"

#include <csignal>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <unistd.h>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>

using plait::failure;
using plait::result;
using plait::detail::text;

namespace {

static_assert(!std::is_convertible_v<result<int>, bool>);
static_assert(std::is_constructible_v<bool, result<int>>);
static_assert(!std::is_copy_constructible_v<result<std::unique_ptr<int>>>);
static_assert(std::is_nothrow_move_constructible_v<result<std::unique_ptr<int>>>);

result<int> half(int number) {
    if (number % 2 != 0) return failure{std::to_string(number) + " is odd where an even number was expected"};
    return number / 2;
}

result<std::unique_ptr<int>> owned(int number) {
    auto made = std::make_unique<int>(number);
    return made;
}

result<void> check(bool well) {
    if (!well) return failure{"not well"};
    return {};
}

struct outcome {
    bool aborted;
    std::string printed;
};

/// Runs `act` in a process of its own.
template <class Act>
outcome in_child(Act act) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const rlimit no_core{};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        act();
        _exit(0);
    }
    close(ends[1]);
    outcome seen{};
    char buffer[256];
    for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
        seen.printed.append(buffer, static_cast<std::size_t>(count));
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    seen.aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    return seen;
}

}  // namespace

TEST_CASE("a result holds a value") {
    result<int> four = half(8);
    REQUIRE(four);
    CHECK(*four == 4);
    CHECK(four.value() == 4);
    CHECK(four.error().empty());
    *four = 5;
    CHECK(four.value() == 5);

    const result<std::string> word = std::string("word");
    CHECK(word->size() == 4);
}

TEST_CASE("a result holds a sentence") {
    const result<int> none = half(3);
    REQUIRE_FALSE(none);
    CHECK(none.error() == "3 is odd where an even number was expected");

    const result<std::string> not_a_word = failure{"no word"};
    CHECK_FALSE(not_a_word);
    CHECK(not_a_word.error() == "no word");
}

TEST_CASE("a result of what can only be moved") {
    auto made = owned(7);
    REQUIRE(made);
    CHECK(**made == 7);
    const std::unique_ptr<int> taken = *std::move(made);
    CHECK(*taken == 7);
    CHECK(*owned(8).value() == 8);
}

TEST_CASE("a result of nothing") {
    CHECK(check(true));
    CHECK(check(true).error().empty());
    CHECK_FALSE(check(false));
    CHECK(check(false).error() == "not well");
    CHECK_FALSE(result<void>(failure{""}));
}

TEST_CASE("asking a failed result for its value prints the sentence and aborts") {
    const auto value = in_child([] { (void)half(3).value(); });
    CHECK(value.aborted);
    CHECK(value.printed == "3 is odd where an even number was expected\n");

    const auto star = in_child([] { (void)*half(5); });
    CHECK(star.aborted);
    CHECK(star.printed == "5 is odd where an even number was expected\n");

    const auto arrow = in_child([] {
        const result<std::string> none = failure{"no word"};
        (void)none->size();
    });
    CHECK(arrow.aborted);
    CHECK(arrow.printed == "no word\n");
}

TEST_CASE("a sentence is written of words and integers") {
    CHECK((text("has ") << 0 << ", " << -1 << ", " << std::size_t{24} << ".") == "has 0, -1, 24.");
    CHECK((text() << std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK((text() << std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");

    text first("a sentence that is longer than what a string keeps inside");
    const text copy = first;
    const text moved = std::move(first);
    CHECK(copy == moved);
    first = copy;
    CHECK(first == moved);
    const std::string as_standard = first;
    const result<int> refused = failure{first << "!"};
    CHECK(refused.error() == as_standard + "!");
}
