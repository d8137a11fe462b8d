# SPDX-License-Identifier: BSD-2-Clause
# bash completion for rqspin; installed as bash-completion/completions/rqspin
_rqspin()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}

	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W 'check run stress symbolize kfuncs vm --help --version' -- "$current")
		return
	fi
	case $previous in
	--kernel)
		local kernels='6.15 6.18 7.3 relaxed'
		[ "$command" != check ] || kernels+=' all'
		mapfile -t COMPREPLY < <(compgen -W "$kernels" -- "$current")
		return
		;;
	--format)
		local formats='text tsv json sarif'
		[ "$command" != kfuncs ] || formats='text json markdown'
		mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$current")
		return
		;;
	--prog-type) return ;;
	--policy) mapfile -t COMPREPLY < <(compgen -W 'kernel full' -- "$current"); return ;;
	--fail-on) mapfile -t COMPREPLY < <(compgen -W 'aa abba cycle deadlock timeout' -- "$current"); return ;;
	--cpus | --duration | --rate | --seed | --repeat | --cpu | --task | --preempt | --softirq | --irq | --nmi) return ;;
	esac
	case $current in
	-*)
		local options
		case $command in
		check) options='--kernel --kernel-btf --against-kernel --format --verbose --help' ;;
		run) options='--data-in --data-out --ctx-in --ctx-out --repeat --cpu --kernel --kernel-btf --help' ;;
		stress) options='--cpus --duration --rate --task --preempt --softirq --irq --nmi --seed --policy --fail-on
			--kernel --kernel-btf --json --help' ;;
		kfuncs) options='--kernel --prog-type --format --help' ;;
		*) options=--help ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
		;;
	*)
		if [ "$command" = kfuncs ]; then
			mapfile -t COMPREPLY < <(compgen -W "$(rqspin kfuncs 2>/dev/null | awk '/^  / { print $1 }')" -- "$current")
			return
		fi
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		;;
	esac
}
complete -F _rqspin rqspin
