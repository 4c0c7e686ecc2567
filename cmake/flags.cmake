# Warnings and sanitizers, hung on one interface target that every room links.
add_library(tenure_flags INTERFACE)
target_compile_options(tenure_flags INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wformat=2
    -Wundef -Wvla -Wconversion -Wdouble-promotion -Wold-style-definition $<$<BOOL:${TENURE_WERROR}>:-Werror>)
target_compile_definitions(tenure_flags INTERFACE _GNU_SOURCE)
if(TENURE_SANITIZE)
    target_compile_options(tenure_flags INTERFACE -fsanitize=${TENURE_SANITIZE} -fno-omit-frame-pointer
        -fno-sanitize-recover=all)
    target_link_options(tenure_flags INTERFACE -fsanitize=${TENURE_SANITIZE})
endif()

# tenure_room(NAME SOURCES … LINKS …): one room of the house as an object library. LINKS are other rooms and libraries.
function(tenure_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
    add_library(tenure_${name} OBJECT ${ROOM_SOURCES})
    set_target_properties(tenure_${name} PROPERTIES C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
    target_include_directories(tenure_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/host)
    target_link_libraries(tenure_${name} PUBLIC ${ROOM_LINKS} PRIVATE tenure_flags)
    target_compile_definitions(tenure_${name} PRIVATE $<$<BOOL:${TENURE_KILL_POINTS}>:TENURE_KILL_POINTS>)
    set_property(GLOBAL APPEND PROPERTY TENURE_ROOMS tenure_${name})
endfunction()
