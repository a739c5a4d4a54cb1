# nvi_bpf_compile(SOURCE OBJECT): compiles SOURCE for the kernel's BPF machine, anew when a header that it includes changes.
# nvi_bpf_object(NAME SOURCE OUT): the same, and names in OUT a source file that carries the object: a library that
# compiles it has nvi_NAME_object up to nvi_NAME_object_end, both `extern "C" const unsigned char[]`.
find_program(BPF_CLANG NAMES clang clang-14 REQUIRED)
pkg_check_modules(BPF REQUIRED IMPORTED_TARGET libbpf)

function(nvi_bpf_compile source object)
  add_custom_command(OUTPUT ${object}
    COMMAND ${BPF_CLANG} -O2 -g -target bpf -mcpu=v3 -D__${CMAKE_SYSTEM_PROCESSOR}__ -Wall -Wextra -Werror
            -Wno-unused-parameter -I${CMAKE_SOURCE_DIR} -I/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
            -MD -MF ${object}.d -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
    DEPENDS ${source} DEPFILE ${object}.d VERBATIM)
endfunction()

function(nvi_bpf_object name source out)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  set(carrier ${CMAKE_CURRENT_BINARY_DIR}/${name}_object.cpp)
  nvi_bpf_compile(${source} ${object})
  file(CONFIGURE OUTPUT ${carrier} @ONLY CONTENT [[
extern "C" const unsigned char nvi_@name@_object[];
extern "C" const unsigned char nvi_@name@_object_end[];
asm(".section .rodata\n.balign 8\n.global nvi_@name@_object\nnvi_@name@_object:\n.incbin \"@object@\"\n"
    ".global nvi_@name@_object_end\nnvi_@name@_object_end:\n.byte 0\n.text\n");
]])
  set_source_files_properties(${carrier} PROPERTIES OBJECT_DEPENDS ${object})
  set(${out} ${carrier} PARENT_SCOPE)
endfunction()
