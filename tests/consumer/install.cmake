# SPDX-License-Identifier: BSD-3-Clause
# Installs Plait from the build tree BUILD to PREFIX, afresh.
file(REMOVE_RECURSE "${PREFIX}")
execute_process(COMMAND ${CMAKE_COMMAND} --install "${BUILD}" --prefix "${PREFIX}" COMMAND_ERROR_IS_FATAL ANY)
