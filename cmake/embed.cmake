# tenure_embed(OUTPUT SYMBOL FILE…): text files as one C source, a table { name, bytes, length } that ends with NULL.
function(tenure_embed output symbol)
    add_custom_command(
        OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DSYMBOL=${symbol} "-DFILES=${ARGN}"
                -P ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
        DEPENDS ${ARGN} ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
        VERBATIM)
endfunction()
