# The source of i386-*: partial link and layouts of GNU ld 2.40 in selfreloc mode. Imports host_log,
# exports run.
	.hidden host_log
	.text
	.globl	run
	.hidden	run
	.type	run, @function
run:
	movl	pointer, %eax
	call	host_log
	ret
	.size	run, .-run
	.data
	.balign 4
pointer:
	.long	run
	.long	pointer+4
	.long	host_log
