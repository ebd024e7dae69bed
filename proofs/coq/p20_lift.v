(** P20, lift.

    Registry: V = span{K^t y_c : t >= 1}, y_c the numbers that show the newest variable. The fewest dimensions of a linear system
    h(t+1) = A h(t), y = C h with the scored values are dim V if h(s+1) is any function of the inputs, and 2 dim V - dim KV if
    h(s) is. On V a non-zero eigenvalue is semisimple, with at most the multiplicity of how many numbers are shown. For signs K
    maps every character to +- a character iff the rule is affine over GF(2); for a selection task on signs V holds linear
    functions only, and the dimensions are those of P11.
    Here: any finite set of states and any step; any field, of characteristic 0 for semisimple, and not 2 for signs. *)
From mathcomp Require Import all_ssreflect ssralg matrix mxalgebra.
Require Import linear_tasks realizations p11_minimal_dimension p10_cycles.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variables (K : fieldType) (X : finType) (G : X -> X).

(** Functions of states are rows; K phi = phi o G is [phi *m koopman]. *)
Definition function (phi : X -> K) : 'rV[K]_#|X| := \row_j phi (enum_val j).
Definition koopman : 'M[K]_#|X| := \matrix_(i, j) (enum_val i == G (enum_val j))%:R.

Variables (m : nat) (y : 'I_m -> X -> K).

(** V is the span of the rows K^t y_c, t = 1, 2, ...; #|X| of them are enough. *)
Definition lift := seen (\matrix_(c, j) y c (enum_val j)) koopman #|X|.

(** The system starts from any function of what is given, the columns of [start], [delay] steps before its first scored value. *)
Definition shows_scored_values delay (S : system K m #|X|) := forall x t c,
  (read S *m power (step S) (delay + t) *m col (enum_rank x) (start S)) c ord0 = y c (iter t.+1 G x).

End Definitions.

Section Koopman.
Variables (K : fieldType) (X : finType) (G : X -> X).
Local Notation Kop := (koopman K G).

Lemma koopmanE m (Y : 'M[K]_(m, #|X|)) c j : (Y *m Kop) c j = Y c (enum_rank (G (enum_val j))).
Proof.
rewrite mxE (bigD1 (enum_rank (G (enum_val j)))) //= mxE enum_rankK eqxx mulr1 big1 ?addr0 // => i ij.
by rewrite mxE (_ : (_ == _) = false) ?mulr0 //; apply: contraNF ij => /eqP <-; rewrite enum_valK.
Qed.

Lemma koopman_power m (Y : 'M[K]_(m, #|X|)) c x t :
  (Y *m power Kop t) c (enum_rank x) = Y c (enum_rank (iter t G x)).
Proof.
elim: t x => [|t IH] x; first by rewrite power0 mulmx1.
by rewrite powerSr mulmxA koopmanE enum_rankK IH -iterSr.
Qed.

Variables (m : nat) (y : 'I_m -> X -> K).
Local Notation Y := (\matrix_(c, j) y c (enum_val j)).

Lemma as_function delay S : shows_scored_values G y delay S <-> realizes Y Kop delay S.
Proof.
have entry M x c : (M *m col (enum_rank x) (start S)) c ord0 = (M *m start S) c (enum_rank x).
  by rewrite colE mulmxA -colE mxE.
split=> [h t|h x t c].
  by apply/matrixP => c j; rewrite -[j]enum_valK -entry h koopman_power [RHS]mxE enum_rankK.
by rewrite entry h koopman_power [LHS]mxE enum_rankK.
Qed.
End Koopman.

Theorem fewest_from_any_function (K : fieldType) (X : finType) (G : X -> X) (m : nat) (y : 'I_m -> X -> K) :
  (forall S, shows_scored_values G y 0 S -> (\rank (lift G y) <= dimension S)%N) /\
  (exists2 S, dimension S = \rank (lift G y) & shows_scored_values G y 0 S).
Proof.
split=> [S /as_function|]; first exact: at_least0.
by have [S dS /as_function real] := attained0 (\matrix_(c, j) y c (enum_val j)) (koopman K G); exists S.
Qed.

Theorem fewest_from_one_step_before (K : fieldType) (X : finType) (G : X -> X) (m : nat) (y : 'I_m -> X -> K) :
  (forall S, shows_scored_values G y 1 S -> (2 * \rank (lift G y) - \rank (lift G y *m koopman K G) <= dimension S)%N) /\
  (exists2 S, dimension S = (2 * \rank (lift G y) - \rank (lift G y *m koopman K G))%N & shows_scored_values G y 1 S).
Proof.
rewrite mul2n -addnn; split=> [S /as_function/at_least1|]; first by rewrite leq_subLR addnC.
have [S dS /as_function real] := attained1 (\matrix_(c, j) y c (enum_val j)) (koopman K G).
by exists S; rewrite // -dS addnK.
Qed.

(** K^(b+L) = K^b: states return. *)
Lemma powers_repeat (K : fieldType) (X : finType) (G : X -> X) :
  exists b L, (0 < L)%N /\ power (koopman K G) (b + L) = power (koopman K G) b.
Proof.
pose T := {ffun X -> X}; pose step := [ffun g : T => [ffun x => G (g x)]].
have /trajectP[b bo loop] := looping_order step [ffun x => x]; set o := order _ _ in bo loop.
have iterE t x : iter t step [ffun x => x] x = iter t G x.
  by elim: t => [|t IH] /=; rewrite !ffunE // IH.
exists b, (o - b)%N; split; first by rewrite subn_gt0.
rewrite subnKC 1?ltnW //; apply/matrixP => i j; rewrite -[j]enum_valK -[power _ o]mul1mx -[power _ b]mul1mx !koopman_power.
by rewrite -!iterE loop.
Qed.

Theorem semisimple (K : fieldType) (X : finType) (G : X -> X) (m : nat) (y : 'I_m -> X -> K) (a : K) (v : 'rV[K]_#|X|) :
  [char K] =i pred0 -> a != 0 -> (v <= lift G y)%MS ->
  v *m (koopman K G - a%:M) *m (koopman K G - a%:M) = 0 -> v *m (koopman K G - a%:M) = 0.
Proof.
move=> char0 a0 _; have [b [L [L0 same]]] := powers_repeat K G.
exact: semisimple_if_powers_return same.
Qed.

Theorem multiplicity (K : fieldType) (X : finType) (G : X -> X) (m : nat) (y : 'I_m -> X -> K) (a : K) :
  (\rank (lift G y :&: eigenspace (koopman K G) a) <= m)%N.
Proof.
set N := koopman K G; pose Y : 'M[K]_(m, #|X|) := \matrix_(c, j) y c (enum_val j); have Vs := seen_step Y N.
have spanned : (lift G y <= lift G y *m (N - a%:M) + Y *m N)%MS.
  apply/stack_sub => i; elim: (i : nat) => [|t IH]; first by rewrite power1 addsmxSr.
  have -> : Y *m power N t.+2 = Y *m power N t.+1 *m (N - a%:M) + a *: (Y *m power N t.+1).
    by rewrite mulmxBr mul_mx_scalar subrK -mulmxA -powerSr.
  apply: addmx_sub; last exact: scalemx_sub.
  by apply: submx_trans (addsmxSl _ _); rewrite submxMr // row_seen.
rewrite -(leq_add2l (\rank (lift G y *m (N - a%:M)))) mxrank_mul_ker.
apply: leq_trans (mxrankS spanned) (leq_trans (mxrank_adds_leqif _ _) _).
by rewrite leq_add2l (leq_trans (mxrankM_maxl _ _)) ?rank_leq_row.
Qed.

(** Tasks on bits, shown as signs. *)
Section BitDefinitions.
Variables (K : fieldType) (p d : nat).
Local Notation states := {ffun 'I_p.+1 * 'I_d -> bool}.

(** One step: the blocks shift, the newest is what the rule says. *)
Definition bit_step (rule : states -> 'I_d -> bool) (x : states) : states :=
  [ffun kc : 'I_p.+1 * 'I_d => if (kc.1 < p)%N then x (inord kc.1.+1, kc.2) else rule x kc.2].

Definition parity (T : {set 'I_p.+1 * 'I_d}) (x : states) : bool := \big[addb/false]_(i in T) x i.
Definition character (T : {set 'I_p.+1 * 'I_d}) (x : states) : K := \prod_(i in T) (-1) ^+ x i.

(** The components as functions of the state, and the outputs: the newest block, as signs. *)
Definition coordinates : 'M[K]_(components p d, #|states|) :=
  \mxcol_(k < p.+1) \matrix_(c, j) (-1) ^+ (enum_val j : states) (k, c).
Definition signs (c : 'I_d) (x : states) : K := (-1) ^+ x (ord_max, c).

End BitDefinitions.

Section Characters.
Variables (K : fieldType) (p d : nat).
Local Notation states := {ffun 'I_p.+1 * 'I_d -> bool}.
Local Notation chi := (@character K p d).

Lemma character_parity T x : chi T x = (-1) ^+ (parity T x : bool).
Proof. by rewrite /character /parity; elim/big_rec2: _ => [|i a b _ ->]; rewrite ?expr0 // signr_addb. Qed.

Lemma parity_mul (T T' : {set 'I_p.+1 * 'I_d}) (x : states) : parity T x (+) parity T' x = parity [set i | (i \in T) (+) (i \in T')] x.
Proof.
apply/esym; rewrite /parity big_mkcond.
rewrite (eq_bigr (fun i => (if i \in T then x i else false) (+) (if i \in T' then x i else false))) => [|i _].
  by rewrite big_split -!big_mkcond.
by rewrite inE; case: (i \in T); case: (i \in T'); case: (x i).
Qed.
End Characters.

Theorem characters_iff_affine (K : fieldType) (p d : nat) (rule : {ffun 'I_p.+1 * 'I_d -> bool} -> 'I_d -> bool) :
  2%:R != 0 :> K ->
  (forall S, exists T (b : bool), forall x, character K S (bit_step rule x) = (-1) ^+ b * character K T x) <->
  (forall c, exists T b, forall x, rule x c = b (+) parity T x).
Proof.
move=> two; have sign_inj (a b : bool) : (-1) ^+ a = (-1) ^+ b :> K -> a = b.
  have ne : (1 : K) != -1 by rewrite -subr_eq0 opprK.
  by case: a; case: b => // /eqP; rewrite ?[-1 == _]eq_sym (negbTE ne).
split=> [h c|h S].
  have [T [b e]] := h [set (ord_max, c)]; exists T, b => x; apply: sign_inj.
  by rewrite signr_addb -character_parity -e /character big_set1 ffunE ltnn.
have one (i : 'I_p.+1 * 'I_d) : exists T b, forall x, bit_step rule x i = b (+) parity T x.
  case: i => k c; case: (ltnP k p) => kp; last first.
    by have [T [b e]] := h c; exists T, b => x; rewrite ffunE ltnNge kp e.
  by exists [set (inord k.+1, c)], false => x; rewrite ffunE kp /parity big_set1.
suff [T [b e]] : exists T b, forall x, parity S (bit_step rule x) = b (+) parity T x.
  by exists T, b => x; rewrite !character_parity e signr_addb.
have all s : exists T b, forall x, \big[addb/false]_(i <- s) bit_step rule x i = b (+) parity T x.
  elim: s => [|i s [T [b e]]]; first by exists set0, false => x; rewrite big_nil /parity big_set0.
  have [T' [b' e']] := one i; exists [set j | (j \in T') (+) (j \in T)], (b' (+) b) => x.
  by rewrite big_cons e e' -parity_mul addbACA.
by have [T [b e]] := all (enum S); exists T, b => x; rewrite -e big_enum.
Qed.

Section Selection.
Variables (K : fieldType) (p d : nat) (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (flip : 'I_d -> bool).
Local Notation states := {ffun 'I_p.+1 * 'I_d -> bool}.
Local Notation G := (bit_step (fun (x : states) c => flip c (+) x (block c, component c))).
Local Notation F := (selection K block component flip).
Local Notation coord := (coordinates K p d).

Lemma coordinates_step : coord *m koopman K G = companion F *m coord.
Proof.
rewrite mxcol_mul companion_blocks; apply: eq_mxcol => k; apply/matrixP => c j.
rewrite koopmanE mxE enum_rankK ffunE /=; case: ifP => _; first by rewrite mxE.
by rewrite selected mxE signr_addb.
Qed.

Lemma shown_coordinates : \matrix_(c, j) signs K c (enum_val j : states) = (inject K d ord_max)^T *m coord.
Proof. by rewrite read_blocks. Qed.

Lemma coordinates_power t : coord *m power (koopman K G) t = power (companion F) t *m coord.
Proof.
elim: t => [|t IH]; first by rewrite !power0 mul1mx mulmx1.
by rewrite powerSr mulmxA IH -mulmxA coordinates_step mulmxA -powerSr.
Qed.

Lemma lift_of_selection : (lift G (signs K (d := d)) :=: O F *m coord)%MS.
Proof.
have rows t : (\matrix_(c, j) signs K c (enum_val j : states)) *m power (koopman K G) t.+1 =
    (inject K d ord_max)^T *m power (companion F) t.+1 *m coord.
  by rewrite shown_coordinates -(mulmxA _ coord) coordinates_power mulmxA.
pose L := (#|states| + components p d)%N.
have longer : (seen (inject K d ord_max)^T (companion F) L *m coord :=: O F *m coord)%MS.
  by apply: eqmxMr; apply: seen_longer; exact: leq_addl.
apply: eqmx_trans longer; apply: eqmx_trans (eqmx_sym (seen_longer _ _ (leq_addr (components p d) _))) _.
suff -> : seen (\matrix_(c, j) signs K c (enum_val j : states)) (koopman K G) L =
  seen (inject K d ord_max)^T (companion F) L *m coord by [].
by rewrite mxcol_mul; apply: eq_mxcol => i; rewrite rows.
Qed.

Lemma coordinates_free : 2%:R != 0 :> K -> row_free coord.
Proof.
move=> two; apply: inj_row_free => v v0; rewrite -[v]submxrowK; apply/eqP; rewrite -mxrow0; apply/eqP/eq_mxrow => k.
apply/rowP => c; rewrite [RHS]mxE.
have at_state (x : states) : \sum_k' \sum_c' submxrow v k' ord0 c' * (-1) ^+ x (k', c') = 0 :> K.
  have := congr1 (fun M : 'rV_#|states| => M ord0 (enum_rank x)) v0.
  rewrite -{1}[v]submxrowK mul_mxrow_mxcol summxE [RHS]mxE => e; rewrite -[RHS]e; apply: eq_bigr => k' _; rewrite mxE.
  by apply: eq_bigr => c' _; congr (_ * _); rewrite mxE enum_rankK.
have := at_state [ffun i => i == (k, c)]; rewrite -[RHS](at_state [ffun => false]).
move/eqP; rewrite -subr_eq0 -sumrB (bigD1 k) //= [\sum_(i < _ | i != k) _]big1 => [|k' kk]; last first.
  by rewrite -sumrB; apply: big1 => c' _; rewrite !ffunE xpair_eqE (negbTE kk) subrr.
rewrite addr0 -sumrB (bigD1 c) //= big1 => [|c' cc]; last by rewrite !ffunE xpair_eqE (negbTE cc) andbF subrr.
rewrite !ffunE eqxx addr0 expr0 expr1 mulr1 mulrN1 -opprD oppr_eq0 -mulr2n -mulr_natr mulf_eq0 (negbTE two) orbF.
by move/eqP.
Qed.
End Selection.

Theorem selection_on_signs (K : fieldType) (p d : nat)
    (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (flip : 'I_d -> bool) (F := selection K block component flip)
    (G := bit_step (fun x c => flip c (+) x (block c, component c))) :
  2%:R != 0 :> K ->
  [/\ (lift G (signs K (d := d)) <= coordinates K p d)%MS,
      \rank (lift G (signs K (d := d))) = \rank (O F) &
      \rank (lift G (signs K (d := d)) *m koopman K G) = \rank (O F *m companion F)].
Proof.
move=> two; have free := coordinates_free p d two; have e := lift_of_selection K block component flip; split.
- by rewrite e submxMl.
- by rewrite e mxrankMfree.
by rewrite (eqmxMr _ e) -mulmxA coordinates_step mulmxA mxrankMfree.
Qed.
