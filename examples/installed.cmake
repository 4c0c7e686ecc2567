# A test: what is installed can be used. Installs the build into a scratch folder and builds the example against it, by
# CMake package and by pkg-config. Run with -P; see CMakeLists.txt for the variables.
function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT result EQUAL 0)
        list(JOIN ARGN " " command)
        message(FATAL_ERROR "failed (${result}): ${command}\n${output}")
    endif()
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${SCRATCH}/prefix)
set(flags "")
if(SANITIZE)
    set(flags "-fsanitize=${SANITIZE}")
endif()
run(${CMAKE_COMMAND} -S ${EXAMPLES} -B ${SCRATCH}/build -G Ninja -DCMAKE_C_COMPILER=${COMPILER}
    -DCMAKE_PREFIX_PATH=${SCRATCH}/prefix -DCMAKE_C_FLAGS=${flags})
run(${CMAKE_COMMAND} --build ${SCRATCH}/build)
run(${SCRATCH}/prefix/bin/tenure --version)

set(ENV{PKG_CONFIG_PATH} ${SCRATCH}/prefix/${LIBDIR}/pkgconfig)
execute_process(COMMAND pkg-config --define-variable=prefix=${SCRATCH}/prefix --cflags --libs tenure
    OUTPUT_VARIABLE words OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(words)
run(${COMPILER} ${flags} -o ${SCRATCH}/embed ${EXAMPLES}/embed.c ${words})
