// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/activate.hpp"
#include "plait/blocks/aug_shuffle.hpp"
#include "plait/blocks/basic_residual.hpp"
#include "plait/blocks/batch_norm.hpp"
#include "plait/blocks/channel_shuffle.hpp"
#include "plait/blocks/composite.hpp"
#include "plait/blocks/conv.hpp"
#include "plait/blocks/depthwise.hpp"
#include "plait/blocks/grouped_shuffle_unit.hpp"
#include "plait/blocks/inverted_residual.hpp"
#include "plait/blocks/linear.hpp"
#include "plait/blocks/placeholder.hpp"
#include "plait/blocks/pool.hpp"
#include "plait/blocks/shuffle_down.hpp"
#include "plait/blocks/shuffle_unit.hpp"
#include "plait/blocks/upsample.hpp"
