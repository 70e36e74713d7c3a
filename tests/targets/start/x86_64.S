/* Entry, system calls and calls into the bundle for x86-64, and for i386 code inside it. */
        .text
        .globl  _start, write_out, leave, enter
_start: xor     %ebp, %ebp
        and     $-16, %rsp
        call    host_main
        ud2
write_out:
        mov     %rsi, %rdx
        mov     %rdi, %rsi
        mov     $1, %edi
        mov     $1, %eax                /* write */
        syscall
        ret
leave:  mov     $60, %eax               /* exit */
        syscall

#ifndef STEP_IN_ASSEMBLY
enter:  mov     %rdi, %rax
        mov     %esi, %edi
        mov     %edx, %esi
        jmp     *%rax
#else
/* Linux has a 32-bit code segment at 0x23 and a 64-bit one at 0x33; a far return and a far jump
   lead there and back. The stack is ours, below 4 GiB. */
enter:  push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        mov     %rsp, outer_stack(%rip)
        lea     inner_stack(%rip), %rsp
        mov     %esi, -16(%rsp)
        mov     %edx, -12(%rsp)
        sub     $16, %rsp
        lea     narrow(%rip), %rax
        pushq   $0x23
        push    %rax
        lretq
        .code32
narrow: mov     $0x2b, %ecx
        mov     %ecx, %ds
        mov     %ecx, %es
        call    *%edi
        ljmp    $0x33, $wide
        .code64
wide:   mov     outer_stack(%rip), %rsp
        mov     %eax, %eax
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret

        /* The import of imports.c, for callers of 32-bit code. */
        .section .imports, "awx", @progbits
        .globl  host_step
        .type   host_step, @function
        .code32
host_step:
        mov     4(%esp), %eax
        lea     1(%eax,%eax,4), %eax
        ret
        .size   host_step, . - host_step
        .code64

        .bss
        .balign 16
outer_stack:
        .skip   16
        .skip   16384
inner_stack:
#endif
        .section .note.GNU-stack, "", @progbits
