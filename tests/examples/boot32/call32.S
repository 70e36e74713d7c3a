# Switches between the modes of the processor: 64-bit code calls 32-bit code, on Linux.
#
# A far return to selector 0x23 continues as 32-bit code, a far jump to 0x33 as 64-bit code
# again. Addresses are absolute here, so the program must be below 2 GB.

	.text
	.code64

# uint32_t call32(const void *function, uint32_t a, uint32_t b, uint32_t c)
	.globl	call32
	.type	call32, @function
call32:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, saved_stack(%rip)
	lea	stack32_top - 16(%rip), %rsp
	mov	%esi, (%rsp)
	mov	%edx, 4(%rsp)
	mov	%ecx, 8(%rsp)
	sub	$16, %rsp
	movq	$enter32, (%rsp)
	movq	$0x23, 8(%rsp)
	lretq

	.code32
enter32:			# the stack holds the arguments, as cdecl wants them
	mov	$0x2b, %ecx
	mov	%ecx, %ds
	mov	%ecx, %es
	cld
	call	*%edi
	ljmp	$0x33, $leave32

	.code64
leave32:			# the result is in eax
	mov	saved_stack(%rip), %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.size	call32, . - call32

	.code32

# void early_putc(char character): the one function that the bundle imports
	.globl	early_putc
	.type	early_putc, @function
early_putc:
	mov	early_log_used, %ecx
	cmp	early_log_size, %ecx
	jae	1f
	mov	4(%esp), %al
	mov	%al, early_log(%ecx)
	incl	early_log_used
1:	ret
	.size	early_putc, . - early_putc

# void nothing32(void): to test whether this machine runs 32-bit code
	.globl	nothing32
	.type	nothing32, @function
nothing32:
	ret
	.size	nothing32, . - nothing32

	.bss
	.balign	16
saved_stack:
	.skip	8
	.balign	16
	.skip	16384
stack32_top:

	.section .note.GNU-stack, "", @progbits
