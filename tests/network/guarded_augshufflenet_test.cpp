// SPDX-License-Identifier: BSD-3-Clause
#include "guarded.hpp"
#include "plait/models/augshufflenet.hpp"

using namespace plait;

TEST_CASE("AugShuffleNet touches nothing but its workspace, picture and output") {
    guarded::check<augshufflenet_x0_5<10>>();
    guarded::check<augshufflenet_x1_0<10>>();
    guarded::check<augshufflenet_x1_5<100>>();
}

TEST_CASE("the other orders of channels") {
    guarded::check<augshufflenet_x0_5<10, order::article>>();
    guarded::check<augshufflenet_x0_5<10, order::plus>>();
}
