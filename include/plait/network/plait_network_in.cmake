# SPDX-License-Identifier: BSD-3-Clause

# plait_network_in(VARIABLE "plait::augshufflenet_x0_5<10>" int8 [LAYER...])
#
# Sets VARIABLE to the type of a network in a precision, with the layers and scopes of those names in fp32.
function(plait_network_in variable network precision)
    set(arguments "plait::precision::${precision}, ${network}")
    foreach(layer IN LISTS ARGN)
        string(APPEND arguments ", \"${layer}\"")
    endforeach()
    set(${variable} "plait::in<${arguments}>" PARENT_SCOPE)
endfunction()
