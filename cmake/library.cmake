# libtenure, static and shared: the objects of all rooms. Installed with a CMake package and a pkg-config file.
#
# Users link tenure::tenure (shared) or tenure::static. What the rooms stand on is private to the library; only a static
# link sees it, by way of tenureConfig.cmake and the .private lines of tenure.pc.
include(CMakePackageConfigHelpers)

get_property(rooms GLOBAL PROPERTY TENURE_ROOMS)
set(objects "")
foreach(room IN LISTS rooms)
    list(APPEND objects $<TARGET_OBJECTS:${room}>)
endforeach()
set(dependencies PkgConfig::LUA PkgConfig::CURL PkgConfig::YAML PkgConfig::UV PkgConfig::SQLITE PkgConfig::CRYPTO
    PkgConfig::MICROHTTPD)

add_library(tenure_static STATIC ${objects})
set_target_properties(tenure_static PROPERTIES EXPORT_NAME static)
target_compile_definitions(tenure_static INTERFACE TENURE_STATIC)
target_link_libraries(tenure_static
    PRIVATE ${dependencies} $<BUILD_INTERFACE:${LUA_CJSON_ARCHIVE}> $<BUILD_INTERFACE:tenure_flags> m)

add_library(tenure_shared SHARED ${objects})
set_target_properties(tenure_shared PROPERTIES
    EXPORT_NAME tenure VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_link_options(tenure_shared PRIVATE LINKER:--exclude-libs,ALL)
target_link_libraries(tenure_shared
    PRIVATE ${dependencies} PkgConfig::LUA_CJSON $<BUILD_INTERFACE:tenure_flags> m)

foreach(library tenure_static tenure_shared)
    set_target_properties(${library} PROPERTIES OUTPUT_NAME tenure)
    target_include_directories(${library} INTERFACE
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
add_library(tenure::tenure ALIAS tenure_shared)
add_library(tenure::static ALIAS tenure_static)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tenure)
install(TARGETS tenure_static tenure_shared EXPORT tenure)
install(EXPORT tenure NAMESPACE tenure:: FILE tenureTargets.cmake DESTINATION ${package_folder})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tenure DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/tenureConfig.cmake.in
    ${PROJECT_BINARY_DIR}/tenureConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tenureConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tenureConfig.cmake ${PROJECT_BINARY_DIR}/tenureConfigVersion.cmake
        ${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake
    DESTINATION ${package_folder})
# Its prefix is told by where it lies: `cmake --install --prefix` may put it anywhere.
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/tenure.pc.in ${PROJECT_BINARY_DIR}/tenure.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tenure.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
